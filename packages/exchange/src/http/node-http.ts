/**
 * The runtime's HTTP. An import statement would ask for all that the module exports, and one of those loads another HTTP
 * client: 18 MB on Node 24, for nothing.
 */
export const http = process.getBuiltinModule("node:http");
