using PkiCore.LoadTest.Commands;

return await LoadTestCommand.RunAsync(args, Console.Out, Console.Error);
