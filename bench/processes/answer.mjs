// What a process that is measured does with the requests of the driver: runs the command of that name, and answers.

/** Answers requests over IPC with what these commands return, and ends when the driver is gone. */
export function answer(commands) {
  process.on('message', async ({ id, type, ...rest }) => {
    try {
      process.send({ id, type: 'answer', answer: await commands[type]({ id, ...rest }) })
    } catch (error) {
      process.send({ id, type: 'problem', text: String(error?.stack ?? error) })
    }
  })
  process.on('disconnect', () => process.exit())
  process.send({ type: 'ready' })
}
