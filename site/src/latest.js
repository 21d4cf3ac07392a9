/** A page of `latest/`: leads to the current page, with the parameters of its own address. */
const { to } = document.currentScript.dataset;
location.replace(to + location.search + location.hash);
