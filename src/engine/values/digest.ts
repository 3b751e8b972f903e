// Digest: a short fingerprint of a text, to notice changed code and changed input.
// Synchronous and pure, because it runs once per operation, so WebCrypto (asynchronous) cannot serve.
// Not for security: nobody gains anything by making two inputs of his own run collide.

/** 53 bits, so that it is one integer column and one exact JavaScript number. */
export function digestOf(text: string): number {
  let high = 0x9e3779b9
  let low = 0x85ebca6b
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    high = Math.imul(high ^ unit, 0xc2b2ae35)
    low = Math.imul(low ^ unit, 0x27d4eb2f)
    high = (high << 13) | (high >>> 19)
  }
  high = Math.imul(high ^ (low >>> 15), 0x2c1b3c6d)
  low = Math.imul(low ^ (high >>> 13), 0x297a2d39)
  high ^= low >>> 16
  return (high & 0x1fffff) * 0x1_0000_0000 + (low >>> 0)
}
