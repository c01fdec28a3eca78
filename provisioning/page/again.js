// Stands in the page itself: browsers give up requests when a network of the host comes or goes, as those of containers do.
// A page that lacks a part for that is loaded again.
let lacks = false;
addEventListener("error", ({ target }) => {
  if (target instanceof HTMLScriptElement || target.rel === "stylesheet") lacks = true;
}, true);
addEventListener("load", () => {
  const tried = Number(sessionStorage.getItem("again"));
  if (!lacks) sessionStorage.removeItem("again");
  else if (tried < 5) {
    sessionStorage.setItem("again", tried + 1);
    setTimeout(() => location.reload(), 500 * 2 ** tried);
  }
});
