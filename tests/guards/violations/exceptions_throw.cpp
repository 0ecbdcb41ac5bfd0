void violation() { throw 1; }
