// A pod that leaves when the process that has started it is gone, however that ended.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
await import('../main.ts')
