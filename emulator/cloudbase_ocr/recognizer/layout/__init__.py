"""Where lines stand to each other: pieces, labels, forms, columns, stamps."""
