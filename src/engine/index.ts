// The engine's public face, in reading order: what a workflow is written with, then what runs it.

export type {
  Context,
  FoldOptions,
  FoldStep,
  Message,
  StepContext,
  StepFunction,
  Winner,
} from "./context.ts"
export { Options } from "./context.ts"
export { Future, Operation } from "./operation.ts"
export type { StandardSchema, StepOptions } from "./operation.ts"
export { Constant, Custom, Exponential, Linear, Never } from "./retry.ts"
export type { RetryPolicy } from "./retry.ts"
export {
  BelayError,
  CancelledError,
  CompensationError,
  DecodingError,
  EncodingError,
  InvalidOperationError,
  LimitError,
  NonRetryableError,
  TimeoutError,
} from "./errors.ts"
export type { WorkflowFunction, WorkflowOptions } from "./registry.ts"
export type { FlowLimits, Rate } from "./flow-limits.ts"
