// Not a violation in itself: an object in which nm finds no function says nothing about the runtime.
