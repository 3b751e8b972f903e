// Small PNG: a picture of a page with its 256 commonest colours, a third of the size and the same to the eye.
// Owns: the file format, as far as a browser writes it: 8 bits a channel, not interlaced. Pure.

import { crc32, deflateSync, inflateSync } from "node:zlib"

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const COLOURS_MAX = 256

interface Picture {
  readonly width: number
  readonly height: number
  readonly channels: number
  /** Row by row, without filters. */
  readonly pixels: Uint8Array
}

/** @throws Error when it is no picture as a browser writes it */
export function smallPng(png: Buffer): Buffer {
  const picture = readPicture(png)
  const { palette, indexes } = indexed(picture)
  const rows = Buffer.alloc((picture.width + 1) * picture.height)
  for (let y = 0; y < picture.height; y++) {
    const row = indexes.subarray(y * picture.width, (y + 1) * picture.width)
    rows.set(row, y * (picture.width + 1) + 1)
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(picture.width, 0)
  header.writeUInt32BE(picture.height, 4)
  header.set([8, 3], 8)
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flatMap((colour) => [...channelsOf(colour)]))),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ])
}

function readPicture(png: Buffer): Picture {
  const parts: Buffer[] = []
  let header: Buffer | undefined
  for (let at = SIGNATURE.length; at < png.length;) {
    const length = png.readUInt32BE(at)
    const type = png.toString("latin1", at + 4, at + 8)
    const data = png.subarray(at + 8, at + 8 + length)
    if (type === "IHDR") header = data
    if (type === "IDAT") parts.push(data)
    at += length + 12
  }
  const colourType = header?.[9]
  const isKnown = header?.[8] === 8 && header[12] === 0 && (colourType === 2 || colourType === 6)
  if (header === undefined || !isKnown) throw new Error("This is no picture of a browser's.")
  const size = { width: header.readUInt32BE(0), height: header.readUInt32BE(4) }
  const channels = colourType === 2 ? 3 : 4
  return {
    ...size,
    channels,
    pixels: unfiltered(inflateSync(Buffer.concat(parts)), size.width * channels, channels),
  }
}

/** Each row begins with how it is written down: as differences from its neighbours. */
function unfiltered(data: Buffer, rowBytes: number, channels: number): Uint8Array {
  const height = data.length / (rowBytes + 1)
  const pixels = new Uint8Array(rowBytes * height)
  for (let y = 0; y < height; y++) {
    const filter = data[y * (rowBytes + 1)] ?? 0
    for (let x = 0; x < rowBytes; x++) {
      const at = y * rowBytes + x
      const left = x < channels ? 0 : (pixels[at - channels] ?? 0)
      const up = y === 0 ? 0 : (pixels[at - rowBytes] ?? 0)
      const corner = x < channels || y === 0 ? 0 : (pixels[at - rowBytes - channels] ?? 0)
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0
      pixels[at] = (data[y * (rowBytes + 1) + 1 + x] ?? 0) + guess
    }
  }
  return pixels
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [byLeft, byUp, byCorner] = [left, up, corner].map((each) => Math.abs(guess - each))
  if (byLeft === undefined || byUp === undefined || byCorner === undefined) return 0
  if (byLeft <= byUp && byLeft <= byCorner) return left
  return byUp <= byCorner ? up : corner
}

function indexed({ pixels, channels }: Picture) {
  const colours = new Uint32Array(pixels.length / channels)
  const counts = new Map<number, number>()
  for (let index = 0; index < colours.length; index++) {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(index * channels, index * channels + 3)
    const colour = (red << 16) | (green << 8) | blue
    colours[index] = colour
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const byCount = [...counts.keys()].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0))
  const palette = byCount.slice(0, COLOURS_MAX)
  const places = new Map(palette.map((colour, place) => [colour, place]))
  for (const colour of byCount.slice(COLOURS_MAX)) places.set(colour, nearest(palette, colour))
  return { palette, indexes: Uint8Array.from(colours, (colour) => places.get(colour) ?? 0) }
}

function nearest(palette: readonly number[], colour: number): number {
  const distances = palette.map((each) => distance(each, colour))
  return distances.indexOf(Math.min(...distances))
}

function distance(one: number, other: number): number {
  const [a, b] = [channelsOf(one), channelsOf(other)]
  return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2
}

function channelsOf(colour: number): readonly [number, number, number] {
  return [colour >> 16, (colour >> 8) & 0xff, colour & 0xff]
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data])
  const whole = Buffer.alloc(body.length + 8)
  whole.writeUInt32BE(data.length, 0)
  whole.set(body, 4)
  whole.writeUInt32BE(crc32(body), body.length + 4)
  return whole
}
