import { QianzhiError } from "../errors/qianzhi-error.ts";
import type { ProblemList } from "../yaml/problems.ts";
import { checkDescriptor } from "./check-descriptor.ts";
import type { ResourceDescriptor } from "./descriptor.ts";

/**
 * Declares a resource in a program: the descriptor itself, checked, frozen in type so that `RecordOf<typeof resource>`
 * is its record. Throws QZ_DESCRIPTOR_INVALID that names every place at fault.
 */
export function defineResource<const D extends ResourceDescriptor>(descriptor: D): D {
  const found: { path: string; message: string; zh: string }[] = [];
  const take: ProblemList["error"] = (path, message, zh) =>
    void found.push({ path: path.join("."), message, zh });
  checkDescriptor(descriptor, { error: take, misnamed: take, warn: () => undefined });
  if (found.length === 0) return descriptor;
  const problem = found.map(({ path, message }) => `${path}: ${message}`).join("; ");
  throw new QianzhiError("QZ_DESCRIPTOR_INVALID", {
    name: String((descriptor as Partial<D> | null | undefined)?.identifier),
    problem,
    problems: found,
  });
}
