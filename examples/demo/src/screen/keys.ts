// Keys of the live view: pure, from what the terminal sends to what is meant.

/** What a key means. */
export type Command =
  | { readonly type: 'select'; readonly ordinal: number }
  | { readonly type: 'move'; readonly by: 1 | -1 }
  | { readonly type: 'add' | 'kill' | 'freeze' | 'leave' | 'restart' | 'cut' | 'redraw' | 'quit' }

const commands: Readonly<Record<string, Command>> = {
  a: { type: 'add' },
  k: { type: 'kill' },
  f: { type: 'freeze' },
  l: { type: 'leave' },
  r: { type: 'restart' },
  c: { type: 'cut' },
  q: { type: 'quit' },
  '\x03': { type: 'quit' },
  '\x0c': { type: 'redraw' },
  '\t': { type: 'move', by: 1 },
}

const arrows: Readonly<Record<string, 1 | -1>> = { A: -1, B: 1, C: 1, D: -1 }

/** Lines that explain the keys; the first that fits the width of the terminal is to be shown. */
export const keyHelp: readonly (readonly string[])[] = [
  [
    'arrows or 0-8: select a pod    a: add a pod    k: SIGKILL    f: freeze, thaw    l: leave (SIGTERM)',
    'r: restart under its name at a new address    c: cut off from the network, rejoin    q: quit',
  ],
  [
    'arrows, 0-8 select  a add  k SIGKILL  f freeze/thaw  l leave (SIGTERM)',
    'r restart at a new address  c cut off/rejoin  q quit',
  ],
  ['0-8 select  a add  k kill  f freeze', 'l leave  r restart  c cut  q quit'],
]

/** The commands in one piece of input; keys without a meaning are left out. */
export function readKeys(input: string): Command[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals send arrows as ESC sequences
  const keys = input.match(/\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z])?|[\s\S]/g) ?? []
  return keys.flatMap((key) => toCommand(key) ?? [])
}

function toCommand(key: string): Command | undefined {
  if (/^[0-8]$/.test(key)) return { type: 'select', ordinal: Number(key) }
  const by = key.length === 3 ? arrows[key.charAt(2)] : undefined
  return by === undefined ? commands[key.toLowerCase()] : { type: 'move', by }
}
