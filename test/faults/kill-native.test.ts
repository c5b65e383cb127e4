import { testNativeKills } from "./native-kills.ts";

const url = process.env["QIANZHI_TEST_POSTGRES_URL"];
testNativeKills({ url, seed: "npm test", points: 1, kills: 2 });
