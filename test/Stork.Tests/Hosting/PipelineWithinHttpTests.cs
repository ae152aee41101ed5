namespace Stork.Tests.Hosting;

[WithinHttp]
public sealed class PipelineWithinHttpTests : PipelineTests;
