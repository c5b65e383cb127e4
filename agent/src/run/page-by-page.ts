import { QianzhiError } from "@qianzhi/sdk";
import type { Source } from "@qianzhi/sdk";
import type { PipelineRun } from "../pipeline/pipeline-run.ts";
import type { Reader, SourcePool } from "./source-pool.ts";

/** Whether a pipeline's rows are read in pages of the source's own, and not from one listing. */
export const isPaged = ({ source, config, confirmByListing }: PipelineRun): boolean =>
  source.scan !== undefined && config.mode !== "replace" && confirmByListing === undefined;

/**
 * A source that is borrowed for each page anew: whoever reads a whole table keeps nobody else waiting for longer than one
 * statement. When the window ends between two pages, the next one waits for the next window.
 */
export const pageByPage = (source: Source, pool: SourcePool, reader: Reader): Source => ({
  ...source,
  async scan(request, signal) {
    for (;;)
      try {
        return await pool.use((open) => open.scan!(request, signal), signal, reader);
      } catch (error) {
        if (!QianzhiError.is(error) || error.code !== "QZ_OUTSIDE_WINDOW") throw error;
        await pool.care.opened(signal);
      }
  },
});
