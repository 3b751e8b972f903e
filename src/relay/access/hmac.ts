// HMAC-SHA256 (RFC 2104) over short texts, made for one key and many texts.
// Owns: the two padded blocks of the key. A test holds it against Node's own.
// Node hashes in one call, but makes an object for each HMAC, which costs a relay more than all else it does to
// check a request. So the construction, which is two hashes, is written out here.
import { hash, timingSafeEqual } from "node:crypto"

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32

/** Digits of a digest in hex. */
const HEX_CHARACTERS = 2 * DIGEST_BYTES

/** Room for a text; the texts under our signatures have some 200 characters. */
const TEXT_BYTES = 1_024

export class Hmac {
  /** The key with the inner padding, then the text. */
  readonly #inner = Buffer.alloc(BLOCK_BYTES + TEXT_BYTES)
  /** The key with the outer padding, then the inner digest. */
  readonly #outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES)
  readonly #expected = Buffer.alloc(HEX_CHARACTERS)
  readonly #given = Buffer.alloc(HEX_CHARACTERS)

  constructor(secret: string) {
    const bytes = Buffer.from(secret, "utf8")
    const key = bytes.length > BLOCK_BYTES ? hash("sha256", bytes, "buffer") : bytes
    for (let index = 0; index < BLOCK_BYTES; index += 1) {
      const byte = key[index] ?? 0
      this.#inner[index] = byte ^ 0x36
      this.#outer[index] = byte ^ 0x5c
    }
  }

  /**
   * The code in hex.
   * @throws RangeError for a text that is too long or not ASCII: it could not be told from another one.
   */
  sign(text: string): string {
    const written = this.#inner.write(text, BLOCK_BYTES, "utf8")
    if (written !== text.length) {
      throw new RangeError(`A text of at most ${TEXT_BYTES} ASCII characters can be signed.`)
    }
    const inner = hash("sha256", this.#inner.subarray(0, BLOCK_BYTES + written), "binary")
    this.#outer.write(inner, BLOCK_BYTES, "latin1")
    return hash("sha256", this.#outer, "hex")
  }

  /** Whether `signature`, 64 hex digits, is the code of this text; in constant time. */
  verify(text: string, signature: string): boolean {
    if (signature.length !== HEX_CHARACTERS) return false
    this.#expected.write(this.sign(text), 0, "latin1")
    this.#given.write(signature, 0, "latin1")
    return timingSafeEqual(this.#expected, this.#given)
  }
}
