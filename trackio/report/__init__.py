"""From the store to a static site: gather, plan, render, write. ``build.build`` tells the story."""
