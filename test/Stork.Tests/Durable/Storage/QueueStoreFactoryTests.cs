using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Stork.Durable;
using Stork.Durable.Storage;
using Stork.Queues;
using Stork.Tests.Durable.WorkQueues;
using Stork.Tests.Recovery;

namespace Stork.Tests.Durable.Storage;

public sealed class QueueStoreFactoryTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("stork-root-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_relative_directory_is_in_the_content_root_and_the_log_names_it_in_full()
    {
        await using var app = await QueueApp.StartAsync(
            services: services => services.AddSingleton<IHostEnvironment>(new Environment(_root)),
            directory: Path.Combine("data", "store"));
        var expected = Path.Combine(_root, "data", "store");
        app.IO.Storage.DataDirectory.ShouldBe(expected);
        File.Exists(Path.Combine(expected, "FORMAT")).ShouldBeTrue();
        app.Log.Entries.ShouldContain(entry => entry.EventId == 1 && entry.Message.Contains($"in {expected}:"));
    }

    [Fact]
    public async Task The_recovery_log_is_for_its_owner_alone_as_the_store_is()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix has modes");
        var data = Path.Combine(_root, "data");
        await using (var app = await RecoveryTests.StartAsync(directory: data)) await app.StopAsync();
        if (OperatingSystem.IsWindows()) return;
        var files = Directory.GetFiles(data, "*", SearchOption.AllDirectories);
        files.ShouldContain(Path.Combine(data, "recovery", "recovery.log"));
        foreach (var file in files) File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        foreach (var folder in Directory.GetDirectories(data).Append(data))
            File.GetUnixFileMode(folder).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, folder);
    }

    [Theory]
    [InlineData("/data", "/app", "/data")]
    [InlineData("data", "/app", "/app/data")]
    [InlineData("../data", "/app/bin", "/app/data")]
    [InlineData(null, "/app", null)]
    public void A_directory_is_resolved_against_the_content_root(string? directory, string root, string? expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "paths of Unix");
        QueueStoreFactory.ResolveDirectory(directory, root).ShouldBe(expected);
        if (directory == "data") QueueStoreFactory.ResolveDirectory(directory, null).ShouldBe(Path.GetFullPath("data"));
    }

    [Fact]
    public async Task What_is_said_of_one_inbox_is_applied_on_top_of_what_is_said_of_all()
    {
        await using var app = await QueueApp.StartAsync(options =>
        {
            options.InboxQueue = options.InboxQueue with { MaxMessageBytes = 100 };
            options.Store = options.Store with
            {
                Configure = (kind, name) =>
                    kind == QueueKind.Inbox && name == "small" ? QueueOptions.Inbox with { MaxMessages = 1 } : null,
            };
        });
        var queue = app.IO.Inbox("small").Queue;
        await queue.EnqueueAsync(new byte[1]);
        (await Should.ThrowAsync<QueueException>(() => queue.EnqueueAsync(new byte[1]))).Code.ShouldBe(QueueErrorCode.QueueFull);
        (await Should.ThrowAsync<QueueException>(() => queue.EnqueueAsync(new byte[200]))).Code.ShouldBe(QueueErrorCode.TooLarge);
        await using var phone = await queue.SubscribeAsync(new SubscriptionOptions { Device = "phone" });
        await using var laptop = await queue.SubscribeAsync(new SubscriptionOptions { Device = "laptop" });
        foreach (var consumer in (QueueSubscription[])[phone, laptop])
            await (await consumer.ReceiveAsync().AsTask().Within("each device to get the message")).AckAsync();
    }

    /// <summary>Whatever options there will be: each one that is set for all inboxes holds, and each one that
    /// is set for one counts.</summary>
    [Fact]
    public void Every_option_of_an_inbox_is_composed()
    {
        var properties = typeof(QueueOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static p => p.SetMethod is not null).ToArray();
        properties.Length.ShouldBeGreaterThan(15);
        foreach (var property in properties)
        {
            var other = Other(property);
            InboxQueueOptions.Compose(other, QueueOptions.Inbox).ShouldBe(other, property.Name);
            InboxQueueOptions.Compose(QueueOptions.Inbox, other).ShouldBe(other, property.Name);
        }
    }

    private static QueueOptions Other(PropertyInfo property)
    {
        var options = QueueOptions.Inbox with { };
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        object value = type == typeof(bool) ? !(bool)property.GetValue(options)!
            : type == typeof(TimeSpan) ? TimeSpan.FromSeconds(77)
            : type == typeof(CircuitBreaker) ? new CircuitBreaker()
            : type.IsEnum ? Enum.GetValues(type).GetValue(0)!
            : Convert.ChangeType(7, type, System.Globalization.CultureInfo.InvariantCulture);
        if (value.Equals(property.GetValue(options))) value = Enum.GetValues(type).GetValue(1)!;
        property.SetValue(options, value);
        return options;
    }

    private sealed class Environment(string root) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Test";

        public string ApplicationName { get; set; } = "Test";

        public string ContentRootPath { get; set; } = root;

        public Microsoft.Extensions.FileProviders.IFileProvider ContentRootFileProvider { get; set; } =
            new Microsoft.Extensions.FileProviders.NullFileProvider();
    }
}
