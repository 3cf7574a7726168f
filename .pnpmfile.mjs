// The packages that carry a Node binary declare os and cpu as strings; pnpm drops strings from its
// lockfile and would then install all of them everywhere. Lists are kept.
export const hooks = {
  readPackage(pkg) {
    if (/^node-(bin-)?(linux|darwin|win)-/.test(pkg.name ?? "")) {
      pkg.os = [pkg.os].flat();
      pkg.cpu = [pkg.cpu].flat();
      // The Linux binaries want glibc; a musl host keeps its own Node.
      if (pkg.name.includes("linux")) pkg.libc = ["glibc"];
    }
    return pkg;
  },
};
