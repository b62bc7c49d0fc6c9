import { z } from "zod";
import { DatasetRequest } from "../../contracts/dataset-request.ts";
import { carryOutOrder } from "../children/child-order.ts";
import { prepareDataset } from "./prepare-dataset.ts";

/** The child process that reads a dataset for a coordinator. */
const Order = z.strictObject({
  request: DatasetRequest,
  folder: z.string(),
  hub: z
    .strictObject({ endpoint: z.string(), token: z.string().optional(), cacheFolder: z.string() })
    .optional(),
});

await carryOutOrder(Order, "The dataset cannot be read", ({ request, folder, hub }, onProgress) =>
  prepareDataset(request, folder, { hub, onProgress }),
);
