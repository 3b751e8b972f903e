// Trace settings: what each variable means, and what is told where one is no good.

import { afterEach, describe, expect, it, vi } from "vitest"
import {
  readTraceSettings,
  type TraceVariables,
} from "../../src/object/telemetry/trace-settings.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

const URL_SET = "https://collector.example"

function read(variables: TraceVariables) {
  const logged: string[] = []
  vi.spyOn(console, "error").mockImplementation((line: string) => void logged.push(line))
  return { settings: readTraceSettings(variables), logged }
}

describe("where spans go", () => {
  it.each([
    [URL_SET, `${URL_SET}/v1/traces`],
    [`${URL_SET}/`, `${URL_SET}/v1/traces`],
    [`${URL_SET}/otlp/`, `${URL_SET}/otlp/v1/traces`],
    [`${URL_SET}/v1/traces`, `${URL_SET}/v1/traces`],
    [`${URL_SET}/otlp?tenant=1#x`, `${URL_SET}/otlp/v1/traces?tenant=1`],
    ["http://localhost:4318", "http://localhost:4318/v1/traces"],
  ])("%s is %s", (base, url) => {
    expect(read({ BELAY_OTLP_URL: base }).settings?.url).toBe(url)
  })

  it.each([{}, { BELAY_OTLP_URL: "" }, { BELAY_OTLP_HEADERS: "a=b" }, { BELAY_TRACE_RATIO: "1" }])(
    "is nowhere with %j, and nothing is said",
    (variables) => {
      expect(read(variables)).toEqual({ settings: undefined, logged: [] })
    },
  )

  it("is nowhere where it is no address, and one line says so, once", () => {
    const { settings, logged } = read({ BELAY_OTLP_URL: "collector:4318" })
    expect(settings).toBeUndefined()
    expect(logged).toHaveLength(1)
    expect(logged[0]).toContain("BELAY_OTLP_URL")
    expect(read({ BELAY_OTLP_URL: "ftp://collector" }).logged).toEqual([])
  })

  it("may be set by the standard's names, which give way to ours", () => {
    const standard = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://other.example",
      OTEL_EXPORTER_OTLP_HEADERS: "x=standard",
      OTEL_SERVICE_NAME: "shop",
    }
    expect(read(standard).settings).toMatchObject({
      url: "https://other.example/v1/traces",
      headers: { x: "standard" },
      serviceName: "shop",
    })
    const ours = { ...standard, BELAY_OTLP_URL: URL_SET, BELAY_OTLP_HEADERS: "x=ours" }
    expect(read(ours).settings).toMatchObject({
      url: `${URL_SET}/v1/traces`,
      headers: { x: "ours" },
    })
  })
})

describe("headers", () => {
  it("are pairs with encoded values", () => {
    const given = "Authorization=Bearer%20a%3Db%2C c , x-key = 1=2"
    expect(read({ BELAY_OTLP_URL: URL_SET, BELAY_OTLP_HEADERS: given }).settings?.headers).toEqual({
      authorization: "Bearer a=b, c",
      "x-key": "1=2",
    })
  })

  it("that do not read are left out; the log says so and shows nothing of them", () => {
    const given = "fine=1,secret,=secret,bad name=secret,bad=%0d%0asecret,worse=%zzsecret"
    const { settings, logged } = read({ BELAY_OTLP_URL: URL_SET, BELAY_OTLP_HEADERS: given })
    expect(settings?.headers).toEqual({ fine: "1" })
    expect(logged).toHaveLength(1)
    expect(logged.join()).not.toContain("secret")
  })
})

describe("the ratio", () => {
  it.each([
    [undefined, 1],
    ["", 1],
    ["0", 0],
    ["0.25", 0.25],
    ["1", 1],
    ["2", 1],
    ["-1", 1],
    ["half", 1],
  ])("%j is %j", (text, ratio) => {
    expect(read({ BELAY_OTLP_URL: URL_SET, BELAY_TRACE_RATIO: text }).settings?.ratio).toBe(ratio)
  })
})

describe("messages of errors", () => {
  it("leave unless that is switched off", () => {
    const tells = (text: string | undefined) =>
      read({ BELAY_OTLP_URL: URL_SET, BELAY_TRACE_MESSAGES: text }).settings?.tellsMessages
    expect([undefined, "1", "0"].map(tells)).toEqual([true, true, false])
  })
})
