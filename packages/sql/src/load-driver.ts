import { QianzhiError } from "@qianzhi/sdk";

/**
 * A database's driver, which is only installed where it is needed. CommonJS hands it over as the default export.
 *
 * @param command What installs it.
 */
export async function loadDriver<Driver>(
  load: () => Promise<unknown>,
  name: string,
  command = `npm install ${name}`,
): Promise<Driver> {
  try {
    const driver = (await load()) as Driver & { readonly default?: Driver };
    return driver.default ?? driver;
  } catch (error) {
    throw new QianzhiError("QZ_DRIVER_MISSING", { name, command }, { cause: error });
  }
}
