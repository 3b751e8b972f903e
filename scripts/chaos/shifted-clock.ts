// Shifted clock: the wall clock of single processes, put forward and back while they run. The machine's own clock stays.
// Owns: a small library that is laid over the C library's (LD_PRELOAD) and reads the shift from a file.
// Monotonic clocks are left alone, as they are where a real clock is put right.

import { execFile } from "node:child_process"
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"

const SOURCE = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

typedef int (*clock_function)(clockid_t, struct timespec *);
static volatile long long *shift_ms;
static clock_function real;

__attribute__((constructor)) static void begin(void) {
  real = (clock_function)dlsym(RTLD_NEXT, "clock_gettime");
  const char *path = getenv("BELAY_CLOCK_FILE");
  int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void *map = mmap(NULL, sizeof *shift_ms, PROT_READ, MAP_SHARED, file, 0);
  if (map != MAP_FAILED) shift_ms = map;
  close(file);
}

int clock_gettime(clockid_t clock, struct timespec *at) {
  if (real == NULL) real = (clock_function)dlsym(RTLD_NEXT, "clock_gettime");
  int answer = real(clock, at);
  if (answer != 0 || shift_ms == NULL) return answer;
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) return answer;
  long long shift = *shift_ms;
  at->tv_sec += shift / 1000;
  at->tv_nsec += (shift % 1000) * 1000000;
  if (at->tv_nsec < 0) { at->tv_nsec += 1000000000; at->tv_sec -= 1; }
  if (at->tv_nsec >= 1000000000) { at->tv_nsec -= 1000000000; at->tv_sec += 1; }
  return 0;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at != NULL) *at = now.tv_sec;
  return now.tv_sec;
}
`

/** The library; made once for all clocks. */
export class ClockLibrary {
  readonly file: string

  /** @throws Error when there is no C compiler here, or the library does not move a process's clock */
  static async make(folder: string): Promise<ClockLibrary> {
    const source = join(folder, "clock.c")
    const library = new ClockLibrary(join(folder, "clock.so"))
    writeFileSync(source, SOURCE)
    await promisify(execFile)("cc", ["-shared", "-fPIC", "-O1", "-o", library.file, source, "-ldl"])
    await library.#prove(folder)
    return library
  }

  private constructor(file: string) {
    this.file = file
  }

  async #prove(folder: string): Promise<void> {
    const clock = new ShiftedClock(this, join(folder, "clock-proof"))
    const hourMs = 3_600_000
    clock.shift(hourMs)
    const { stdout } = await promisify(execFile)(process.execPath, ["-p", "Date.now()"], {
      env: { ...process.env, ...clock.environment },
    })
    clock.close()
    if (Math.abs(Number(stdout) - Date.now() - hourMs) < hourMs / 2) return
    throw new Error("a process does not take its time from the library laid under it")
  }
}

export class ShiftedClock {
  /** Of the process whose clock it is. */
  readonly environment: Readonly<Record<string, string>>
  readonly #file: number

  constructor(library: ClockLibrary, path: string) {
    writeFileSync(path, Buffer.alloc(8))
    this.#file = openSync(path, "r+")
    this.environment = { LD_PRELOAD: library.file, BELAY_CLOCK_FILE: path }
  }

  /** How far it is ahead of the machine's from now on, in ms; behind where negative. */
  shift(ms: number): void {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(ms))
    writeSync(this.#file, bytes, 0, 8, 0)
  }

  close(): void {
    closeSync(this.#file)
  }
}
