import type { ResourceDescriptor } from "../descriptor/descriptor.ts";
import type { World } from "../world/world.ts";
import type { Target } from "./target.ts";

/** The version of this contract: an agent takes targets of its own version alone. */
export const TARGET_CONTRACT = 1;

/** What an open target may use. */
export interface TargetHost {
  readonly site: string;
  readonly world: World;
  /** The descriptor in force of a resource; undefined when the site has none. */
  resource(identifier: string): ResourceDescriptor | undefined;
}

/** A target whose options were read: nothing is contacted before it is opened. */
export interface ConfiguredTarget {
  open(host: TargetHost): Target;
  /**
   * What the DBA has to run there before records of these resources can be delivered. A dialect that the target does not
   * know is QZ_USAGE; absent, it is the one of the configuration.
   */
  ddl?(resources: readonly ResourceDescriptor[], dialect?: string): string;
}

/** The files that a target's options may name. */
export interface TargetFiles {
  /** Absolute path of the directory that paths are relative to. */
  readonly directory: string;
  /** The text of a file; rejects when it cannot be read. */
  read(path: string): Promise<string>;
}

/** A kind of target, found by name at run time as adapters are. */
export interface TargetDefinition<Options = Readonly<Record<string, unknown>>> {
  readonly contract: typeof TARGET_CONTRACT;
  readonly kind: string;
  /** JSON Schema: checks the configuration. */
  readonly optionsSchema: Readonly<Record<string, unknown>>;
  /** Options that hold a secret; nested ones by path, `tls.key`. */
  readonly secretOptions?: readonly string[];
  /**
   * Called once the options fit the schema and their secrets are resolved. QZ_CONFIG_INVALID with `details.problems` when
   * a file that they name is not as it should be.
   */
  configure(options: Options, files: TargetFiles): Promise<ConfiguredTarget>;
}

export function defineTarget<Options>(
  definition: Omit<TargetDefinition<Options>, "contract">,
): TargetDefinition<Options> {
  return { contract: TARGET_CONTRACT, ...definition };
}
