// One server of the comparison in a process of its own; started with the contender's name.
const { serve } = await import(`./contenders/${process.argv[2]}.mjs`)
process.on('disconnect', () => process.exit())
process.send({ type: 'ready', server: await serve() })
