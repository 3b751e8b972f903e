// Namespace: where objects of a class are found by their name.
// Owns: the shape, as far as it is used: a test may play it.

export interface Namespace<Stub> {
  idFromName(name: string): DurableObjectId
  get(id: DurableObjectId): Stub
}
