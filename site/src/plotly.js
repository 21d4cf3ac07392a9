/** Runs in the frame of a Plotly figure, after the figure's own plotly.js: draws it as large as the frame. */
window.trackioPlotly = (figure) => {
  const place = document.getElementById("figure");
  document.body.style.margin = "0";
  place.style.height = "100vh";
  if (!window.Plotly) {
    place.textContent = "The script of this figure did not load.";
    return;
  }
  const { width, height, ...layout } = figure?.layout ?? {};
  window.Plotly.newPlot(place, figure?.data ?? [], { ...layout, autosize: true }, { responsive: true, displaylogo: false });
};
