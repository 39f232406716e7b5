// Rollcall with a shared key: TLS 1.3 on all links.
import { benchKeys } from '../bench-keys.mjs'
import { members } from '../echo-members.mjs'

export const { serve, connect } = members(benchKeys)
