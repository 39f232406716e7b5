// The commands that are sent at a pace, as redis-benchmark names the keys, and their replies. All of a test have one length.
export const tests = {
  get: { command: (index) => `*2\r\n$3\r\nGET\r\n$16\r\n${keyName(index)}\r\n`, reply: '$3\r\nxxx\r\n' },
  set: {
    command: (index) => `*3\r\n$3\r\nSET\r\n$16\r\n${keyName(index)}\r\n$3\r\nxxx\r\n`,
    reply: '+OK\r\n',
  },
}

function keyName(index) {
  return `key:${String(index).padStart(12, '0')}`
}
