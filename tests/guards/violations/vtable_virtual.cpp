struct Violation {
  virtual int answer() const;
};

int Violation::answer() const { return 42; }
