// Runs the tools of the system, and says what they said when they fail.
import { spawn } from 'node:child_process'

/** Runs a command to its end; resolves with what it printed. Rejects, with its errors, if it fails. */
export function run(command: readonly string[], input = ''): Promise<string> {
  const [program = '', ...args] = command
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'pipe' })
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    child.once('error', (error) => reject(new Error(`${program}: ${error.message}`)))
    child.once('close', (code) => {
      if (code === 0) resolve(output)
      else reject(new Error(`${command.join(' ')}: ${errors.trim() || `ended with ${code}`}`))
    })
    child.stdin.once('error', () => {}) // It has ended before it read all of it, and says why.
    child.stdin.end(input)
  })
}
