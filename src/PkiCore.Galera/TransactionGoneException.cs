namespace PkiCore.Galera;

/// <summary>A transaction ended before it was committed, and nobody said so. It can be tried again.</summary>
internal sealed class TransactionGoneException() : IOException("the transaction was rolled back by the server");
