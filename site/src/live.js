/**
 * Pages that follow a project: the lines come from the server, and each look brings what is new. Everything else of a
 * page is the runtime's, which asks `window.trackioLive` for its source where this script is.
 */
import { LiveSource } from "./live/source.js";
import { follow } from "./live/follow.js";

window.trackioLive = { Source: LiveSource, follow };
