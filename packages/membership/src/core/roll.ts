// Who is expected to be here: every name that has been here and has not left, whether it is here now or not. The
// denominator of the quorum is counted from it, and of its names those that count as votes.

/** Names of a StatefulSet end in an ordinal: `cache-0`. Longer numbers (a port), and hosts named by address, are none. */
const ORDINAL = /-(0|[1-9]\d{0,2})$/
const NO_SET = /-\d+-\d+$/
/** A peer can name no more guests than this. */
const MAX_GUESTS = 4096

type Place = 'alive' | 'absent' | 'left'

export class Roll {
  readonly #ownSet: string | undefined
  readonly #places = new Map<string, Place>()
  /** Names that came while there was no majority: expected from then on, but without a vote until there is one. */
  readonly #guests = new Set<string>()
  #alive = 0
  #aliveGuests = 0
  #left = 0
  #ordinals = 0

  constructor(ownName: string) {
    this.#ownSet = setOf(ownName)
    this.put(ownName, true)
  }

  has(name: string): boolean {
    return this.#places.has(name)
  }

  names(): string[] {
    return [...this.#places.keys()]
  }

  /** Names that are neither here nor have left. */
  absent(): string[] {
    return this.names().filter((name) => this.#places.get(name) === 'absent')
  }

  /** How many are expected: names known, or as many as the highest ordinal tells of. */
  get expected(): number {
    return Math.max(this.#places.size, this.#ordinals)
  }

  /** Names known. */
  get size(): number {
    return this.#places.size
  }

  get alive(): number {
    return this.#alive
  }

  get aliveGuests(): number {
    return this.#aliveGuests
  }

  get guests(): ReadonlySet<string> {
    return this.#guests
  }

  /** Notes that a name is here, alive or not. */
  put(name: string, isAlive: boolean): void {
    this.#set(name, isAlive ? 'alive' : 'absent')
    this.#ordinals = Math.max(this.#ordinals, this.#countTo(name))
  }

  /** A name has left, but stays expected for the time being. */
  noteLeft(name: string): void {
    this.#set(name, 'left')
  }

  /** Takes names out for good. */
  remove(names: Iterable<string>): void {
    for (const name of names) {
      this.#set(name, undefined)
      this.#guests.delete(name)
    }
    this.#ordinals = 0
    for (const name of this.#places.keys()) this.#ordinals = Math.max(this.#ordinals, this.#countTo(name))
  }

  addGuest(name: string): void {
    if (this.#guests.has(name) || this.#guests.size >= MAX_GUESTS) return
    this.#guests.add(name)
    if (this.#places.get(name) === 'alive') this.#aliveGuests++
  }

  /** There is a majority: whoever is here has a vote, and who has left is expected no more. Returns whether that is new. */
  confirm(): boolean {
    if (this.#guests.size === 0 && this.#left === 0) return false
    this.#guests.clear()
    this.#aliveGuests = 0
    if (this.#left > 0) this.remove(this.names().filter((name) => this.#places.get(name) === 'left'))
    return true
  }

  #set(name: string, place: Place | undefined): void {
    const before = this.#places.get(name)
    const change = Number(place === 'alive') - Number(before === 'alive')
    this.#alive += change
    this.#left += Number(place === 'left') - Number(before === 'left')
    if (this.#guests.has(name)) this.#aliveGuests += change
    if (place === undefined) this.#places.delete(name)
    else this.#places.set(name, place)
  }

  /** How many members a name of our own StatefulSet tells of. */
  #countTo(name: string): number {
    return this.#ownSet !== undefined && setOf(name) === this.#ownSet ? ordinalOf(name) + 1 : 0
  }
}

/** What a name is without its ordinal; undefined when it has none. */
function setOf(name: string): string | undefined {
  return ORDINAL.test(name) && !NO_SET.test(name) ? name.slice(0, name.lastIndexOf('-')) : undefined
}

function ordinalOf(name: string): number {
  return Number(ORDINAL.exec(name)?.[1] ?? -1)
}
