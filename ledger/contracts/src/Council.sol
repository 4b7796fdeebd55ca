// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The council of organisations: who is a member, decided by M-of-N vote
/// @notice M is always a majority of N and never more than N: two disjoint groups can't both
/// decide, and the members that are left can always decide.
contract Council {
    enum Action {
        Admit,
        Expel,
        SetThreshold
    }

    enum Status {
        None,
        Open,
        Executed
    }

    struct Proposal {
        Action action;
        Status status;
        uint64 expires;
        address subject;
        uint256 threshold;
    }

    /// @notice Bounds the loop that counts votes.
    uint256 public constant MAX_MEMBERS = 64;
    uint64 public constant PROPOSAL_LIFETIME = 30 days;

    /// @notice M: how many members' votes carry a proposal.
    uint256 public threshold;
    uint256 public proposalCount;

    address[] private _members;
    /// @dev Place in _members plus one; 0 is no member.
    mapping(address => uint256) private _place;
    /// @dev Rises at each admission, so that nothing of an earlier membership comes back.
    mapping(address => uint256) private _term;
    mapping(uint256 => Proposal) private _proposals;
    /// @dev Proposal, member: the member's term in which it voted.
    mapping(uint256 => mapping(address => uint256)) private _voted;

    event MemberAdmitted(address indexed member, uint256 members, uint256 threshold);
    event MemberExpelled(address indexed member, uint256 members, uint256 threshold);
    event ThresholdChanged(uint256 members, uint256 threshold);
    event Proposed(
        uint256 indexed id, address indexed by, Action action, address subject, uint256 threshold
    );
    event Voted(uint256 indexed id, address indexed by);

    error NotMember(address account);
    error AlreadyMember(address account);
    error AlreadyVoted(uint256 id, address account);
    error ProposalNotOpen(uint256 id);
    error NotCarried(uint256 id, uint256 votes, uint256 threshold);
    error LastMember();
    error CouncilFull();
    error ThresholdOutOfBounds(uint256 least, uint256 most);
    error ZeroAddress();

    modifier onlyMember() {
        if (!isMember(msg.sender)) revert NotMember(msg.sender);
        _;
    }

    /// @param founders The first members, each once.
    /// @param threshold_ M, between a majority and all of the founders.
    constructor(address[] memory founders, uint256 threshold_) {
        if (founders.length == 0) revert LastMember();
        for (uint256 i = 0; i < founders.length; i++) {
            _admit(founders[i]);
        }
        _setThreshold(threshold_);
    }

    /// @notice Propose to admit `subject`; counts as the proposer's vote.
    function proposeAdmission(address subject) external onlyMember returns (uint256 id) {
        if (subject == address(0)) revert ZeroAddress();
        if (isMember(subject)) revert AlreadyMember(subject);
        return _propose(Action.Admit, subject, 0);
    }

    /// @notice Propose to expel `subject`, which keeps its vote until the proposal is carried.
    function proposeExpulsion(address subject) external onlyMember returns (uint256 id) {
        if (!isMember(subject)) revert NotMember(subject);
        if (_members.length == 1) revert LastMember();
        return _propose(Action.Expel, subject, 0);
    }

    /// @notice Propose another M.
    function proposeThreshold(uint256 threshold_) external onlyMember returns (uint256 id) {
        _checkThreshold(threshold_);
        return _propose(Action.SetThreshold, address(0), threshold_);
    }

    /// @notice Vote for a proposal; the vote that carries it also executes it.
    function vote(uint256 id) external onlyMember {
        _checkOpen(id);
        if (_voted[id][msg.sender] == _term[msg.sender]) revert AlreadyVoted(id, msg.sender);
        _cast(id);
    }

    /// @notice Execute a proposal that is carried without another vote, because M has fallen.
    function execute(uint256 id) external onlyMember {
        _checkOpen(id);
        uint256 votes = votesFor(id);
        if (votes < threshold) revert NotCarried(id, votes, threshold);
        _execute(id);
    }

    function isMember(address account) public view returns (bool) {
        return _place[account] != 0;
    }

    /// @notice The number of `account`'s present membership; 0 when it is no member.
    function termOf(address account) external view returns (uint256) {
        return isMember(account) ? _term[account] : 0;
    }

    function members() external view returns (address[] memory) {
        return _members;
    }

    function proposal(uint256 id) external view returns (Proposal memory) {
        return _proposals[id];
    }

    /// @notice Votes of present members; those of an expelled or readmitted one don't count.
    function votesFor(uint256 id) public view returns (uint256 votes) {
        for (uint256 i = 0; i < _members.length; i++) {
            address member = _members[i];
            if (_voted[id][member] == _term[member]) votes++;
        }
    }

    function _propose(Action action, address subject, uint256 threshold_)
        private
        returns (uint256 id)
    {
        id = ++proposalCount;
        _proposals[id] = Proposal(
            action, Status.Open, uint64(block.timestamp) + PROPOSAL_LIFETIME, subject, threshold_
        );
        emit Proposed(id, msg.sender, action, subject, threshold_);
        _cast(id);
    }

    function _cast(uint256 id) private {
        _voted[id][msg.sender] = _term[msg.sender];
        emit Voted(id, msg.sender);
        if (votesFor(id) >= threshold) _execute(id);
    }

    function _execute(uint256 id) private {
        Proposal storage carried = _proposals[id];
        carried.status = Status.Executed;
        if (carried.action == Action.Admit) {
            _admit(carried.subject);
            uint256 majority = _members.length / 2 + 1;
            if (threshold < majority) threshold = majority;
            emit MemberAdmitted(carried.subject, _members.length, threshold);
        } else if (carried.action == Action.Expel) {
            _expel(carried.subject);
            if (threshold > _members.length) threshold = _members.length;
            emit MemberExpelled(carried.subject, _members.length, threshold);
        } else {
            _setThreshold(carried.threshold);
            emit ThresholdChanged(_members.length, threshold);
        }
    }

    function _admit(address subject) private {
        if (subject == address(0)) revert ZeroAddress();
        if (isMember(subject)) revert AlreadyMember(subject);
        if (_members.length == MAX_MEMBERS) revert CouncilFull();
        _members.push(subject);
        _place[subject] = _members.length;
        _term[subject]++;
    }

    function _expel(address subject) private {
        uint256 place = _place[subject];
        if (place == 0) revert NotMember(subject);
        if (_members.length == 1) revert LastMember();
        address last = _members[_members.length - 1];
        _members[place - 1] = last;
        _place[last] = place;
        _members.pop();
        delete _place[subject];
    }

    function _setThreshold(uint256 threshold_) private {
        _checkThreshold(threshold_);
        threshold = threshold_;
    }

    function _checkThreshold(uint256 threshold_) private view {
        uint256 least = _members.length / 2 + 1;
        if (threshold_ < least || threshold_ > _members.length) {
            revert ThresholdOutOfBounds(least, _members.length);
        }
    }

    function _checkOpen(uint256 id) private view {
        Proposal storage asked = _proposals[id];
        if (asked.status != Status.Open || block.timestamp > asked.expires) {
            revert ProposalNotOpen(id);
        }
    }
}
