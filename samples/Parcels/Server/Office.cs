using System.Text.Json;
using Stork.Queues;

namespace Stork.Samples.Parcels;

/// <summary>
/// What became of each parcel. The office keeps a book: a queue nobody consumes, from which it reads all it knows when it starts.
/// </summary>
/// <remarks>
/// How book and news cannot part ways: every change is one call of <c>io.StoreAsync</c>, which stores the entry in
/// the book and the messages to everybody concerned together, or nothing of it, whenever the process is killed. The office applies a
/// change only after that, and changes are made one at a time, so that of two drivers who want the same parcel one is first.
/// <para>
/// How a command is carried out once: <c>HandleOnce</c> keeps the answer and gives it to every repeat. A crash between a change and the
/// keeping of its answer leaves a command that comes again, so each looks first whether the book has it already.
/// </para>
/// </remarks>
internal sealed class Office : IDisposable
{
    private const int MaxTextLength = 200;

    private readonly SocketIOServer _io;
    private readonly WorkQueue<Entry> _book;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly Dictionary<long, Parcel> _parcels = [];
    private readonly Dictionary<(string Shop, string Command), long> _announced = [];
    private readonly HashSet<string> _drivers = [];

    private Office(SocketIOServer io)
    {
        _io = io;
        _book = io.Queue<Entry>("book");
    }

    public static async Task<Office> OpenAsync(SocketIOServer io)
    {
        var office = new Office(io);
        long next = 0;
        while (await office._book.Queue.BrowseAsync(new BrowseOptions { FromSequence = next, WithBody = true }) is { Count: > 0 } page)
        {
            foreach (var line in page) office.Apply(JsonSerializer.Deserialize<Entry>(line.Body!, JsonSerializerOptions.Web)!);
            next = page[^1].Sequence + 1;
        }

        return office;
    }

    /// <summary>A driver who comes for the first time is told what there is to do, and from then on whatever happens.</summary>
    /// <returns>Whether it was the first time.</returns>
    public Task<bool> AddDriverAsync(string driver) => OneAtATimeAsync(async () =>
    {
        if (_drivers.Contains(driver)) return false;
        var waiting = _parcels.Values.Where(parcel => parcel.Driver is null).OrderBy(parcel => parcel.Id);
        await ChangeAsync(new Entry(null, driver), waiting.Select(parcel => ToDriver(driver, "pickup", parcel)));
        return true;
    });

    public Task<Answer> AnnounceAsync(string shop, string command, string what, string where) => OneAtATimeAsync(async () =>
    {
        if (what is not { Length: > 0 and <= MaxTextLength } || where is not { Length: > 0 and <= MaxTextLength })
            return new Answer(null, $"what and where have 1 to {MaxTextLength} characters");
        if (_announced.TryGetValue((shop, command), out var known)) return new Answer(_parcels[known]);
        var parcel = new Parcel(_parcels.Count + 1, shop, command, what, where);
        await ChangeAsync(new Entry(parcel), _drivers.Select(driver => ToDriver(driver, "pickup", parcel)));
        return new Answer(parcel);
    });

    public Task<Answer> TakeAsync(string driver, long id) => OneAtATimeAsync(async () =>
    {
        if (!_parcels.TryGetValue(id, out var parcel)) return new Answer(null, $"there is no parcel {id}");
        if (parcel.Driver == driver) return new Answer(parcel);
        if (parcel.Driver is { } other) return new Answer(parcel, $"{other} has parcel {id}");
        parcel = parcel with { Driver = driver };
        var others = _drivers.Where(name => name != driver);
        await ChangeAsync(new Entry(parcel), [ToShop("taken", parcel), .. others.Select(name => ToDriver(name, "taken", parcel))]);
        return new Answer(parcel);
    });

    public Task<Answer> DeliverAsync(string driver, long id) => OneAtATimeAsync(async () =>
    {
        if (!_parcels.TryGetValue(id, out var parcel) || parcel.Driver != driver) return new Answer(null, $"parcel {id} is not yours");
        if (parcel.IsDelivered) return new Answer(parcel);
        parcel = parcel with { IsDelivered = true };
        await ChangeAsync(new Entry(parcel), [ToShop("delivered", parcel)]);
        return new Answer(parcel);
    });

    public void Dispose() => _gate.Dispose();

    private async Task ChangeAsync(Entry entry, IEnumerable<PreparedMessage> news)
    {
        await _io.StoreAsync([_book.Prepare(entry), .. news]);
        Apply(entry);
    }

    private void Apply(Entry entry)
    {
        if (entry.Driver is { } driver) _drivers.Add(driver);
        if (entry.Parcel is not { } parcel) return;
        _parcels[parcel.Id] = parcel;
        _announced[(parcel.Shop, parcel.Command)] = parcel.Id;
    }

    private PreparedMessage ToShop(string what, Parcel parcel) => _io.Inbox(new Member("shop", parcel.Shop).Inbox).Prepare(what, parcel);

    private PreparedMessage ToDriver(string driver, string what, Parcel parcel) =>
        _io.Inbox(new Member("driver", driver).Inbox).Prepare(what, parcel);

    private async Task<T> OneAtATimeAsync<T>(Func<Task<T>> work)
    {
        await _gate.WaitAsync();
        try
        {
            return await work();
        }
        finally
        {
            _gate.Release();
        }
    }
}
