void violation(int* numbers) { delete[] numbers; }
