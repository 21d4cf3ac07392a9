/**
 * Pages that follow a project: the lines come from the server, and each look brings what is new. What shows the lines is
 * the runtime, which asks `window.trackioLive` for its source where this script is; all else of the page is here.
 */
import { actions } from "./live/actions.js";
import { choice } from "./live/choice.js";
import { follow } from "./live/follow.js";
import { furniture } from "./live/furniture.js";
import { LiveSource } from "./live/source.js";

window.trackioLive = {
  Source: LiveSource,
  /** Begins when the page stands; gives what is to be called when its view changed. */
  follow(page) {
    furniture(page);
    choice(page);
    actions(page);
    return follow(page);
  },
};
