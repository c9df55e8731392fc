"""The pages: each reads with a query or calls one service, and answers with a page or a way on."""
