// Pictures are made small: as a browser writes them in, the same picture out.

import { crc32, deflateSync, inflateSync } from "node:zlib"
import { expect, test } from "vitest"
import { smallPng } from "../../scripts/screenshots/small-png.ts"

const RED = [200, 10, 20]
const BLUE = [10, 20, 200]
const GREY = [90, 90, 90]

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data])
  const whole = Buffer.alloc(body.length + 8)
  whole.writeUInt32BE(data.length, 0)
  whole.set(body, 4)
  whole.writeUInt32BE(crc32(body), body.length + 4)
  return whole
}

/** Three rows of three pixels, each row written down by another filter. */
function picture(colourType: number, rows: readonly number[][]): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(3, 0)
  header.writeUInt32BE(rows.length, 4)
  header.set([8, colourType], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.from(rows.flat().map((byte) => byte & 0xff)))),
    chunk("IEND", Buffer.alloc(0)),
  ])
}

function minus(one: readonly number[], other: readonly number[]): number[] {
  return one.map((value, index) => value - (other[index] ?? 0))
}

/** The pixels of a picture with a palette. */
function pixelsOf(png: Buffer): number[][] {
  const parts = new Map<string, Buffer>()
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at)
    const body = png.subarray(at + 4, at + 8 + length)
    expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(body))
    parts.set(body.toString("latin1", 0, 4), body.subarray(4))
    at += length + 12
  }
  const palette = parts.get("PLTE") ?? Buffer.alloc(0)
  const rows = inflateSync(parts.get("IDAT") ?? Buffer.alloc(0))
  return [...rows]
    .filter((_, index) => index % 4 > 0)
    .map((place) => [...palette.subarray(place * 3, place * 3 + 3)])
}

test("every filter of a row is undone, and the colours are the same", () => {
  const none = [0, ...RED, ...BLUE, ...GREY]
  const left = [1, ...BLUE, ...minus(RED, BLUE), ...minus(GREY, RED)]
  const up = [2, ...minus(GREY, BLUE), ...minus(RED, RED), ...minus(BLUE, GREY)]
  expect(pixelsOf(smallPng(picture(2, [none, left, up])))).toEqual([
    RED,
    BLUE,
    GREY,
    BLUE,
    RED,
    GREY,
    GREY,
    RED,
    BLUE,
  ])
  const half = (value: number[]) => value.map((each) => each >> 1)
  const average = [3, ...RED, ...minus(RED, half(RED)), ...minus(RED, half(RED))]
  const paeth = [4, ...minus(BLUE, RED), ...minus(BLUE, BLUE), ...minus(BLUE, BLUE)]
  expect(pixelsOf(smallPng(picture(2, [average, paeth])))).toEqual([
    RED,
    RED,
    RED,
    BLUE,
    BLUE,
    BLUE,
  ])
})

test("what is transparent is not looked at, and what is no picture of a browser's is refused", () => {
  const opaque = [RED, BLUE, GREY].flatMap((colour) => [...colour, 255])
  expect(pixelsOf(smallPng(picture(6, [[0, ...opaque]])))).toEqual([RED, BLUE, GREY])
  expect(() => smallPng(picture(3, [[0, 0, 0, 0]]))).toThrow("no picture")
})
