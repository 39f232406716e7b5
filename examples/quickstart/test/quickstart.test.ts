// Does what the quickstart tells people to do, with the very commands it shows.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')
// Its own chapter in the README of the project, up to the next chapter.
const chapter = /^## Quickstart\n.*?(?=^## |(?![\s\S]))/ms.exec(
  readFileSync(join(root, 'README.md'), 'utf8'),
)?.[0]
const [build, start, kill] = commands(readFileSync(join(root, 'examples/quickstart/README.md'), 'utf8'))
const DEADLINE_MS = 20_000

const terminals: Terminal[] = []
afterEach(() => {
  for (const terminal of terminals.splice(0)) {
    terminal.signal('SIGKILL')
    terminal.signalMember('SIGKILL')
  }
})

describe('the quickstart', () => {
  it('builds with a script that exists', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(build).toBe('npm run build')
    expect(scripts).toHaveProperty('build')
  })

  it.skipIf(chapter === undefined)(
    'is the same in the README of the project (if it has that chapter)',
    () => {
      expect(commands(chapter ?? '')).toEqual([build, start, kill])
    },
  )

  it('shows each of two terminals the other, its goodbye and its death', async () => {
    const first = open(start)
    const me = await first.name()
    const second = open(start)
    const other = await second.name()
    await first.shows(`member-joined: ${other} `)
    await second.shows(`member-joined: ${me} `)

    second.signal('SIGINT')
    await first.shows(`member-left: ${other} `)
    expect(first.text).toContain(`member-leaving: ${other} `)

    // A shell with job control, as in a terminal; Ctrl-Z there is SIGTSTP.
    const third = open(`exec bash -mc '${start} & read go; ${kill}; wait'`)
    const another = await third.name()
    await first.shows(`member-joined: ${another} `)
    third.signalMember('SIGTSTP')
    third.type('go\n')
    await first.shows(`member-failed: ${another} `)
    expect(first.text.indexOf(`member-suspected: ${another} `)).toBeGreaterThan(0)
    expect(first.text.indexOf(`member-suspected: ${another} `)).toBeLessThan(
      first.text.indexOf(`member-failed: ${another} `),
    )
    expect(first.text).not.toContain(`member-failed: ${other} `)
  }, 90_000)
})

/** Every command of the shell blocks, in order. */
function commands(markdown: string): string[] {
  return [...markdown.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) => block.trim().split('\n'))
}

/** Runs a command as a terminal does: by a shell, in a process group that gets its keys. */
function open(command = ''): Terminal {
  const terminal = new Terminal(command)
  terminals.push(terminal)
  return terminal
}

function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended.
  }
}

class Terminal {
  text = ''
  readonly #child: ChildProcess

  constructor(command: string) {
    this.#child = spawn('sh', ['-c', command], {
      cwd: root,
      detached: true,
      stdio: 'pipe',
      // The sources in place of what `npm run build` makes of them.
      env: { ...process.env, NODE_OPTIONS: '--import tsx --conditions=@rollcall/source' },
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.text += text
      })
    }
  }

  signal(name: NodeJS.Signals): void {
    send(-(this.#child.pid ?? Number.NaN), name)
  }

  /** Reaches the member alone, by the process that its first line names. */
  signalMember(name: NodeJS.Signals): void {
    const [, pid] = /, process (\d+)\./.exec(this.text) ?? []
    if (pid !== undefined) send(Number(pid), name)
  }

  type(text: string): void {
    this.#child.stdin?.write(text)
  }

  async name(): Promise<string> {
    await this.shows('I am ')
    return /I am (\S+) at/.exec(this.text)?.[1] ?? ''
  }

  async shows(text: string): Promise<void> {
    await expect.poll(() => this.text, { timeout: DEADLINE_MS, interval: 20 }).toContain(text)
  }
}
