import { describe, expect, it } from 'vitest'
import { KeyFileWatch } from '../../src/security/key-file-watch.ts'
import { FakePlatform } from '../messages/fake-platform.ts'

const line = (id: string) => `${id} ${id.repeat(32)}\n`

/** A file that a test writes, and what its watch tells. */
function watched() {
  const platform = new FakePlatform()
  const file: { content: string | Error } = { content: line('a') }
  const told: string[] = []
  const watch = new KeyFileWatch({
    path: '/etc/keys',
    text: line('a'),
    read: async () => {
      if (file.content instanceof Error) throw file.content
      return file.content
    },
    timers: platform,
    onKeys: (keys) => told.push(keys.map(({ id }) => id).join()),
    onProblem: ({ message }) => told.push(message),
  })
  return { platform, file, told, watch }
}

describe('a key file that is followed', () => {
  it('gives its keys when it has changed, within two looks', async () => {
    const { platform, file, told } = watched()
    await platform.advance(5000)
    expect(told).toEqual([])
    file.content = line('b') + line('a')
    await platform.advance(2000)
    expect(told).toEqual(['b,a'])
    await platform.advance(5000)
    expect(told).toEqual(['b,a'])
  })

  it('is not taken as it looks while it is written', async () => {
    const { platform, file, told } = watched()
    file.content = ''
    await platform.advance(1000)
    file.content = line('b')
    await platform.advance(1000)
    file.content = line('b') + line('a')
    await platform.advance(2000)
    expect(told).toEqual(['b,a'])
  })

  it('says once what is wrong, and gives its keys when that is over, the former ones too', async () => {
    const { platform, file, told } = watched()
    file.content = 'a short'
    await platform.advance(5000)
    expect(told).toEqual([expect.stringMatching(/^key file \/etc\/keys: line 1, secret: /)])
    file.content = Object.assign(new Error('gone'), { code: 'ENOENT' })
    await platform.advance(5000)
    expect(told.slice(1)).toEqual(['key file /etc/keys: cannot be read (ENOENT)'])
    file.content = line('a')
    await platform.advance(5000)
    expect(told.slice(2)).toEqual(['a'])
  })

  it('is looked at no more once it is stopped', async () => {
    const { platform, file, told, watch } = watched()
    file.content = line('b')
    await platform.advance(1000)
    watch.stop()
    await platform.advance(5000)
    expect([told, platform.timers]).toEqual([[], 0])
  })
})
