// Row count: what an object has written, from the storage's own counters, alarms included (they are billed as rows).
// Owns: the counting. It shadows two methods of the object's storage and changes nothing else.

export interface RowCount {
  rowsWritten: number
  alarms: number
}

/** Of the object that wrote last. */
let current: RowCount | undefined

/** Written so far by the object whose code runs, alarms included; right until it lets another one run. */
export function rowsOfCurrent(): number {
  return current === undefined ? 0 : current.rowsWritten + current.alarms
}

/** Call it before the object reads its storage for the first time. */
export function countRows(ctx: DurableObjectState): RowCount {
  const count: RowCount = { rowsWritten: 0, alarms: 0 }
  const { storage } = ctx
  const { sql } = storage
  const exec = sql.exec.bind(sql)
  const setAlarm = storage.setAlarm.bind(storage)
  const deleteAlarm = storage.deleteAlarm.bind(storage)
  sql.exec = <Row extends Record<string, SqlStorageValue>>(
    query: string,
    ...bindings: unknown[]
  ) => {
    const cursor = exec<Row>(query, ...bindings)
    // A statement that only writes has run when exec returns; reads count as they are iterated and write nothing.
    count.rowsWritten += cursor.rowsWritten
    current = count
    return cursor
  }
  storage.setAlarm = (time, options) => {
    count.alarms++
    return setAlarm(time, options)
  }
  storage.deleteAlarm = (options) => {
    count.alarms++
    return deleteAlarm(options)
  }
  return count
}
