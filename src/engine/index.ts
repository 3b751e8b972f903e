// The engine's public face, in reading order: what a workflow is written with, then what runs it.

export type {
  Context,
  FoldOptions,
  FoldStep,
  Message,
  StepContext,
  StepFunction,
  Winner,
} from "./workflow/context.ts"
export { Options } from "./workflow/context.ts"
export { Future, Operation } from "./workflow/operation.ts"
export type { StandardSchema, StepOptions } from "./workflow/operation.ts"
export { Constant, Custom, Exponential, Linear, Never } from "./steps/retry.ts"
export type { RetryPolicy } from "./steps/retry.ts"
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
export type { WorkflowFunction, WorkflowOptions } from "./workflow/registry.ts"
export type { FlowLimits, Rate } from "./workflow/flow-limits.ts"
