using PkiCore.Fuzz.Commands;

const string Help = """
    Fuzzes the parsers of PkiCore and PkiCore.AspNetCore.

    usage: PkiCore.Fuzz COMMAND [OPTION...]

      run          make inputs and run them; crashes are kept in artifacts/fuzz/crashes/TARGET. Exit code 1 when there was one
      replay PATH  run the given files or folders, or the corpus, against PkiCore as it is
      minimize     fuzz, then replace the corpus with a small one that reaches as much
      coverage     print the lines of each parser that the corpus reaches. Exit code 1 below 95 %
      prove        build copies of PkiCore with a known bug each, and find it. Exit code 1 when one is not found

      --target NAME     one target instead of all: der-reader, ocsp-request, ocsp-response, serial-number, index-line,
                        get-request-target
      --seconds N       how long: run and minimize over all targets, prove for each bug (default 60)
      --iterations N    how many inputs at most for each target; with a seed, a run that can be repeated exactly
      --seed N          where chance starts (default: another one each time, printed)
      --corpus DIR      another corpus than fuzz/corpus
    """;

if (args.Length == 0 || args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(Help);
    return args.Length == 0 ? 2 : 0;
}

try
{
    var options = FuzzOptions.Parse(args.AsSpan(1));
    return args[0] switch
    {
        "run" => RunCommand.Execute(options),
        "replay" => ReplayCommand.Execute(options),
        "minimize" => MinimizeCommand.Execute(options),
        "coverage" => CoverageCommand.Execute(options),
        "prove" => ProveCommand.Execute(options),
        _ => throw new UsageException($"There is no command {args[0]}; see --help."),
    };
}
catch (UsageException e)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 2;
}
