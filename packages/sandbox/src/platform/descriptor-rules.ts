import { QianzhiError, compareDescriptors, parseDescriptor } from "@qianzhi/sdk";
import type { ResourceDescriptor } from "@qianzhi/sdk";

/** Reads a descriptor from JSON text. QZ_DESCRIPTOR_INVALID with every problem in `details.problems`. */
export function readDescriptor(text: string): ResourceDescriptor {
  try {
    return parseDescriptor(text, "descriptor");
  } catch (error) {
    if (!QianzhiError.is(error)) throw error;
    const problems = error.details["problems"] as
      | readonly { readonly path: string; readonly message: string }[]
      | undefined;
    const problem =
      problems?.map(({ path, message }) => `${path}: ${message}`).join("; ") ?? error.message;
    throw new QianzhiError(
      "QZ_DESCRIPTOR_INVALID",
      { name: "", problem, problems },
      { cause: error },
    );
  }
}

/**
 * Whether `newer` may follow `older`, the catalog's latest version: it must be above it, and above it in the major
 * part when it narrows the contract. QZ_CATALOG_CONFLICT, QZ_CATALOG_BREAKING with what is narrower, in words.
 */
export function checkSuccession(older: ResourceDescriptor, newer: ResourceDescriptor): void {
  const { identifier: resource, version } = newer;
  if (compareVersions(version, older.version) <= 0) {
    const problem = `the catalog's latest version is ${older.version}; versions only rise`;
    throw new QianzhiError("QZ_CATALOG_CONFLICT", { resource, version, problem });
  }
  const breaking = compareDescriptors(older, newer).changes.filter(
    (change) => change.kind === "breaking",
  );
  if (breaking.length > 0 && parts(version)[0] === parts(older.version)[0]) {
    const problem = breaking.map(({ path, en }) => `${path}: ${en}`).join("; ");
    throw new QianzhiError("QZ_CATALOG_BREAKING", {
      resource,
      version,
      older: older.version,
      problem,
    });
  }
}

const parts = (version: string): number[] => version.split(".").map(Number);

function compareVersions(a: string, b: string): number {
  const [x, y] = [parts(a), parts(b)];
  return [0, 1, 2].map((part) => x[part]! - y[part]!).find((difference) => difference !== 0) ?? 0;
}
