// Bodies on their way in: how many bytes of them are held, and who gives way when these are too many.
// Owns: the reading of bodies and the room for them, before anybody knows who sends them.
//   B1. Bytes count when they arrive, not when they are announced: who sends nothing takes nothing.
//   B2. When the room is full, the body that has been arriving longest gives way: who does not dribble is done by then.
//   B3. Small bodies have a room of their own: large ones take nothing from them.
import type { IncomingMessage } from "node:http"

/** Up to here a body is small; nearly all are. */
const SMALL_BYTES_MAX = 64 * 1024

const SMALL_ROOM_BYTES = 16 * 1024 * 1024
const LARGE_ROOM_BYTES = 48 * 1024 * 1024

/** What a piece takes beside its bytes: a body that comes byte by byte weighs many times its length. */
const PIECE_BYTES = 256

interface Arrival {
  bytes: number
  readonly cutOff: () => void
}

class BodyRoom {
  readonly #bytesMax: number
  /** In the order of their start. */
  readonly #arriving = new Set<Arrival>()
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /**
   * The bytes of the body; the server holds the caller to the length announced. `undefined` when it had to give way.
   * Rejects when they end early.
   */
  read(request: IncomingMessage): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
      const pieces: Buffer[] = []
      const take = (piece: Buffer) => {
        pieces.push(piece)
        this.#take(arrival, piece.length + PIECE_BYTES)
      }
      const arrival: Arrival = {
        bytes: 0,
        cutOff: () => {
          request.off("data", take)
          pieces.length = 0
          resolve(undefined)
        },
      }
      this.#arriving.add(arrival)
      request.on("data", take)
      request.on("end", () => {
        this.#leave(arrival)
        const [first] = pieces
        resolve(first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces))
      })
      // After an abort, too; an error without a listener of its own ends nothing here.
      request.on("close", () => {
        this.#leave(arrival)
        if (!request.complete) reject(new Error("The connection ended before the body did."))
      })
    })
  }

  #take(arrival: Arrival, bytes: number): void {
    arrival.bytes += bytes
    this.#bytes += bytes
    for (const oldest of this.#arriving) {
      if (this.#bytes <= this.#bytesMax) return
      this.#leave(oldest)
      oldest.cutOff()
    }
  }

  #leave(arrival: Arrival): void {
    if (this.#arriving.delete(arrival)) this.#bytes -= arrival.bytes
  }
}

/** The rooms of one relay. */
export class BodyRooms {
  readonly #small = new BodyRoom(SMALL_ROOM_BYTES)
  readonly #large = new BodyRoom(LARGE_ROOM_BYTES)

  /** As `BodyRoom.read`, in the room for this length. */
  read(request: IncomingMessage, length: number): Promise<Buffer | undefined> {
    return (length <= SMALL_BYTES_MAX ? this.#small : this.#large).read(request)
  }
}
