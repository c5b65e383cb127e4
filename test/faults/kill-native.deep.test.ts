import { testNativeKills } from "./native-kills.ts";

const url = process.env["QIANZHI_TEST_POSTGRES_URL"];
testNativeKills({ url, seed: new Date().toISOString(), points: 100, kills: 4 });
