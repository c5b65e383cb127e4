import { isDamage, openStore, setAside, type Store, type StoreOptions } from "@qianzhi/exchange";
import type { QianzhiError } from "@qianzhi/sdk";

/**
 * Opens the store for the agent that holds its directory. One that is damaged is kept aside and begun anew: the platform is
 * asked where it stands, and everything is read again and compared with its copy.
 *
 * @param damage What was found while the store was open last.
 */
export async function openAgentStore(
  options: StoreOptions,
  damage: QianzhiError | undefined,
): Promise<Store> {
  const { directory, world } = options;
  const begin = async (error: QianzhiError): Promise<Store> => {
    world.log.error("store kept aside", { error });
    await setAside(directory, world.clock);
    return openStore(options);
  };
  if (damage !== undefined) return begin(damage);
  try {
    return await openStore(options);
  } catch (error) {
    if (!isDamage(error, directory)) throw error;
    return begin(error);
  }
}
