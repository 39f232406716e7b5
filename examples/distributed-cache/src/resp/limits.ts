// What one client may take: beyond that it is refused, made to wait, or disconnected.

const MIB = 1024 * 1024

/** Arguments of one command. With more, up to what Redis reads, it is read over and refused. */
export const MAX_ARGUMENTS = 65_536
/** Redis takes no more: the connection ends. */
export const MAX_ARGUMENT_COUNT = 1_048_576
/** Bytes of one command, all arguments. With more it is read over and refused. */
export const MAX_COMMAND_BYTES = 16 * MIB
/** A longer bulk ends the connection, as with Redis: it would take too long to read over. */
export const MAX_BULK_LENGTH = 512 * MIB
/** A line, as typed into telnet. Longer ones end the connection, as with Redis. */
export const MAX_INLINE_BYTES = 65_536
/** A reply that is longer (MGET of many long values) is an error instead. */
export const MAX_REPLY_BYTES = 16 * MIB

/** Commands of one connection that may be under way at a time; the rest stays in the socket. */
export const MAX_UNDER_WAY = 256
/** Bytes of their arguments and of their replies, as far as those are known or to be expected. */
export const MAX_UNDER_WAY_BYTES = 4 * MIB
/**
 * What all clients together may make this process hold before each of them gets one command at a time only. At four times
 * that, whoever makes it hold more and has most is disconnected.
 */
export const MAX_HELD_BYTES = 32 * MIB

/** As with Redis. */
export const MAX_CONNECTIONS = 10_000
/** A command must be whole so long after its first bytes, and a reply taken: half a command holds memory. */
export const STALL_MS = 60_000
/** How long a connection that we have ended waits for the client to end it, too. */
export const LINGER_MS = 1000
/** A command that reads many keys ends after that, and what it reads then has a deadline of its own. */
export const READ_MANY_MS = 10_000
