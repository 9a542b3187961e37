"""The reviewer's page: a server for this computer alone, and the process that reads and scores for it."""
