using Stork.Queues.Tool;

return await CommandLine.RunAsync(args, Console.Out, Console.Error);
