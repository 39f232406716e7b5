// The body of a request: read whole, up to a limit, and counted in what all clients hold.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ByteBudget } from '../byte-budget.ts'
import { HttpError, tooMuch } from './answers.ts'

/** Calls `use` with the body. It counts as held until that is done. */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
  budget: ByteBudget,
  use: (body: Uint8Array) => Promise<void>,
): Promise<void> {
  const tooLarge = new HttpError(413, `a value has at most ${maxBytes} bytes`)
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge
  if (request.headers.expect !== undefined) response.writeContinue()
  let bytes = 0
  const chunks: Buffer[] = []
  try {
    // A request that is destroyed takes the connection with it, and the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length
      budget.change(chunk.length)
      if (bytes > maxBytes) throw tooLarge
      if (budget.isUsedUp) throw tooMuch()
      chunks.push(chunk)
    }
    await use(Buffer.concat(chunks))
  } finally {
    budget.change(-bytes)
  }
}
