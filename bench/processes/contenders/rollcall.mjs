// Rollcall on plain links.
import { members } from '../echo-members.mjs'

export const { serve, connect } = members()
